# win_copy: looks at what is there, writes what is missing.

function Join-Place([string]$Folder, [string]$Name) {
    return $Folder.TrimEnd('\') + '\' + $Name.Replace('/', '\').Trim('\')
}

function Read-Place([string]$Path) {
    $kind = Get-PathKind $Path
    $sha1 = $null
    if ($kind -eq 'link') {
        $kind = 'file'
        if ([System.IO.Directory]::Exists($Path)) { $kind = 'directory' }
    }
    if ($kind -eq 'file') {
        $sha1 = Get-FileDigest $Path 'sha1'
    }
    return @{ kind = $kind; sha1 = $sha1 }
}

function New-FileItem([string]$Path, $Sha1, $Size, $Blob, $Source) {
    return @{ path = $Path; kind = 'file'; found = (Read-Place $Path); sha1 = $Sha1; size = $Size; blob = $Blob; source = $Source }
}

function New-FolderItem([string]$Path) {
    return @{ path = $Path; kind = 'directory'; found = (Read-Place $Path) }
}

function Read-Tree($Arguments, [string]$Dest) {
    # a folder of the controller
    $items = @()
    foreach ($entry in @($Arguments['_tree'])) {
        $path = Join-Place $Dest $entry.path
        if ($entry.kind -eq 'directory') {
            $items += , (New-FolderItem $path)
        }
        elseif ($entry.kind -eq 'file') {
            $items += , (New-FileItem $path $entry['_sha1'] $entry['_size'] $entry['_blob'] $null)
        }
    }
    return $items
}

function Read-HostTree([string]$Source, [string]$Dest) {
    # a folder of the host itself
    $items = @()
    $root = $Source.TrimEnd('\')
    foreach ($entry in @(Get-ChildItem -LiteralPath $root -Recurse -Force -ErrorAction Stop | Sort-Object -Property FullName)) {
        $path = Join-Place $Dest $entry.FullName.Substring($root.Length + 1)
        if ($entry.PSIsContainer) {
            $items += , (New-FolderItem $path)
        }
        else {
            $items += , (New-FileItem $path (Get-FileDigest $entry.FullName 'sha1') ([long]$entry.Length) $null $entry.FullName)
        }
    }
    return $items
}

function Read-State($Arguments) {
    $dest = Expand-Path $Arguments.dest
    $into = $dest.EndsWith('\') -or [System.IO.Directory]::Exists($dest)
    if ($Arguments.ContainsKey('_tree')) {
        $exists = [System.IO.Directory]::Exists($dest)
        return @{ dest = $dest; parent = $exists; tree = $true; items = @(Read-Tree $Arguments $dest) }
    }
    $name = [string]$Arguments['_name']
    if ($Arguments.remote_src) {
        $source = Expand-Path $Arguments.src
        $name = [System.IO.Path]::GetFileName($source.TrimEnd('\'))
        if ([System.IO.Directory]::Exists($source)) {
            if (-not $source.EndsWith('\') -and $into) {
                $dest = Join-Place $dest $name
            }
            $exists = [System.IO.Directory]::Exists($dest)
            return @{ dest = $dest; parent = $exists; tree = $true; items = @(Read-HostTree $source $dest) }
        }
        if (-not [System.IO.File]::Exists($source)) {
            return @{ dest = $dest; parent = $true; tree = $false; items = @() }
        }
    }
    $path = $dest
    if ($into -and $name) {
        $path = Join-Place $dest $name
    }
    if ($Arguments.remote_src) {
        $length = (Get-Item -LiteralPath $source -Force -ErrorAction Stop).Length
        $item = New-FileItem $path (Get-FileDigest $source 'sha1') ([long]$length) $null $source
    }
    else {
        $item = New-FileItem $path $Arguments['_sha1'] $Arguments['_size'] $Arguments['_blob'] $null
    }
    $folder = [System.IO.Path]::GetDirectoryName($path)
    return @{ dest = $path; parent = [System.IO.Directory]::Exists($folder); tree = $false; items = @(, $item) }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'mkdir' {
            [System.IO.Directory]::CreateDirectory($Change.path) | Out-Null
        }
        'write' {
            $known = @{}
            if ($Change.backup) {
                $known['backup_file'] = Backup-Content $Change.path
            }
            $source = $Change.source
            if (-not $source) {
                $source = Get-BlobPath $Change.blob
            }
            Install-Content $source $Change.path
            return $known
        }
    }
}
