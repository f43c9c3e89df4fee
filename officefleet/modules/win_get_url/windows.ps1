# win_get_url: a download with System.Net; redirections, proxies and certificates as the task says.

function Read-State($Arguments) {
    $dest = Expand-Path $Arguments.dest
    $kind = Get-PathKind $dest
    if ([System.IO.Directory]::Exists($dest)) { $kind = 'directory' }
    $checksum = $null
    $newer = $null
    $expected = $Arguments.checksum
    $options = @{}
    foreach ($name in @($Arguments.Keys)) {
        $options[$name] = $Arguments[$name]
    }
    if ($Arguments.checksum_url) {
        $expected = Get-ExpectedChecksum $Arguments $options
    }
    if ([System.IO.File]::Exists($dest)) {
        $checksum = Get-FileDigest $dest $Arguments.checksum_algorithm
        if (-not $expected -and -not $Arguments.force) {
            $modified = Get-UrlTime $Arguments.url $options
            $newer = $true
            if ($null -ne $modified) {
                $newer = $modified.ToUniversalTime() -gt [System.IO.File]::GetLastWriteTimeUtc($dest)
            }
        }
    }
    $parent = [System.IO.Directory]::Exists([System.IO.Path]::GetDirectoryName($dest))
    return @{ dest = $dest; kind = $kind; checksum = $checksum; parent = $parent; expected = $expected; newer = $newer }
}

function Get-ExpectedChecksum($Arguments, $Options) {
    # A file with one sum, or with lines "sum  name"
    $file = [System.IO.Path]::Combine($Context.Folder, [Guid]::NewGuid().ToString('N'))
    Save-Url $Arguments.checksum_url $file $Options | Out-Null
    $lines = @([System.IO.File]::ReadAllLines($file) | Where-Object { $_.Trim() })
    [System.IO.File]::Delete($file)
    $name = [System.IO.Path]::GetFileName(([Uri]$Arguments.url).AbsolutePath)
    foreach ($line in $lines) {
        $words = @($line.Trim() -split '\s+')
        if ($words.Count -eq 1 -or $words[1].TrimStart('*', '.', '/') -eq $name) {
            return $words[0].ToLowerInvariant()
        }
    }
    Stop-Module ('no checksum for ' + $name + ' at ' + $Arguments.checksum_url)
}

function Get-UrlTime([string]$Url, $Options) {
    # When the server says that the file was changed, or $null
    $request = New-WebRequest $Url $Options
    $request.Method = 'HEAD'
    $answer = $request.GetResponse()
    try {
        if ($answer -is [System.Net.HttpWebResponse] -and $answer.Headers['Last-Modified']) {
            return $answer.LastModified
        }
        return $null
    }
    finally {
        $answer.Close()
    }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'fetch' {
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $file = [System.IO.Path]::Combine($Context.Folder, [Guid]::NewGuid().ToString('N'))
            $known = Save-Url $Change.url $file $Change.options
            $found = Get-FileDigest $file $Change.algorithm
            if ($Change.expected -and $found -ne ([string]$Change.expected).ToLowerInvariant()) {
                [System.IO.File]::Delete($file)
                Stop-Module 'the downloaded file does not have the expected checksum' @{ checksum_src = $found; dest = $Change.path; url = $Change.url }
            }
            $known['checksum_src'] = $found
            $known['checksum_dest'] = $found
            $known['size'] = [long](Get-Item -LiteralPath $file -Force -ErrorAction Stop).Length
            if ($found -eq $Change.held) {
                # the same content: fetched for nothing, and nothing was changed
                $known['changed'] = $false
            }
            else {
                Install-Content $file $Change.path
            }
            [System.IO.File]::Delete($file)
            $known['elapsed'] = [double]$clock.Elapsed.TotalSeconds
            return $known
        }
    }
}
