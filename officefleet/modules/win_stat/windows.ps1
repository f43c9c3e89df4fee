# win_stat: what is at a path.

function Resolve-Link([string]$Path) {
    # The end of a chain of links; a loop or a long chain ends the search
    $place = $Path
    for ($step = 0; $step -lt 32; $step++) {
        if ((Get-PathKind $place) -ne 'link') {
            return $place
        }
        $item = Get-Item -LiteralPath $place -Force -ErrorAction Stop
        $target = [string]@($item.Target)[0]
        if (-not [System.IO.Path]::IsPathRooted($target)) {
            $target = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine([System.IO.Path]::GetDirectoryName($place), $target))
        }
        $place = $target
    }
    return $place
}

function Get-FolderSize([string]$Path) {
    # Links are not followed: a junction to a parent would never end
    $total = [long]0
    foreach ($file in [System.IO.Directory]::EnumerateFiles($Path)) {
        $total += (New-Object -TypeName System.IO.FileInfo -ArgumentList $file -ErrorAction Stop).Length
    }
    foreach ($folder in [System.IO.Directory]::EnumerateDirectories($Path)) {
        $bits = [System.IO.File]::GetAttributes($folder)
        if (-not $bits.HasFlag([System.IO.FileAttributes]::ReparsePoint)) {
            $total += (Get-FolderSize $folder)
        }
    }
    return $total
}

function Get-HardLink([string]$Path) {
    # Other names of a file, from fsutil, which prints paths without their drive; it needs no rights of its own
    $done = Invoke-Program ([System.IO.Path]::Combine($env:SystemRoot, 'System32', 'fsutil.exe')) ('hardlink list ' + (ConvertTo-Word $Path)) @{}
    if ($done.rc -ne 0) {
        return @()
    }
    $drive = [System.IO.Path]::GetPathRoot($Path).TrimEnd('\')
    return @($done.stdout -split "`r?`n" | ForEach-Object { $_.Trim() } | Where-Object { $_ } |
            ForEach-Object { $drive + $_ } | Where-Object { $_ -ne $Path })
}

function Read-State($Arguments) {
    $path = Expand-Path $Arguments.path
    if ($Arguments.follow) {
        $path = Resolve-Link $path
    }
    $kind = Get-PathKind $path
    if ($kind -eq 'absent') {
        return @{ kind = 'absent' }
    }
    $item = Get-Item -LiteralPath $path -Force -ErrorAction Stop
    $folder = [bool]$item.PSIsContainer
    $link = $kind -eq 'link'
    $source = $null
    $target = $null
    $size = $null
    $checksum = $null
    $hard = @()
    if ($link) {
        $target = [string]@($item.Target)[0]
        $source = Resolve-Link $path
    }
    elseif ($folder) {
        if ($Arguments.get_size) { $size = Get-FolderSize $item.FullName }
    }
    else {
        $size = [long]$item.Length
        $hard = @(Get-HardLink $item.FullName)
        if ($Arguments.get_checksum) { $checksum = Get-FileDigest $item.FullName $Arguments.checksum_algorithm }
    }
    $owner = $null
    $acl = Get-Acl -LiteralPath $item.FullName -ErrorAction SilentlyContinue
    if ($null -ne $acl) {
        $owner = [string]$acl.Owner
    }
    $shares = @()
    if ($folder) {
        $shares = @(Get-CimInstance -ClassName Win32_Share -ErrorAction SilentlyContinue |
                Where-Object { $_.Path -eq $item.FullName } | ForEach-Object { [string]$_.Name } | Sort-Object)
    }
    $word = 'file'
    if ($folder) { $word = 'directory' }
    $type = $null
    if ($link) { $type = [string]$item.LinkType }
    return @{
        kind = $word
        path = [string]$item.FullName
        attributes = [int]$item.Attributes
        created = (ConvertTo-UnixTime $item.CreationTime)
        accessed = (ConvertTo-UnixTime $item.LastAccessTime)
        written = (ConvertTo-UnixTime $item.LastWriteTime)
        link_type = $type
        target = $target
        source = $source
        size = $size
        checksum = $checksum
        hard_links = @($hard)
        owner = $owner
        shares = @($shares)
    }
}
